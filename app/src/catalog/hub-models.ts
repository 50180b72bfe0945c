/** A model on the Hugging Face Hub that is known to work here. */
export interface HubModel {
  /** `owner/name`. */
  id: string;
  description: string;
  /** Bytes of its weights as they are stored there, roughly. */
  bytes: number;
}

/** By what they are for, the smallest first. */
export const hubModels: readonly { label: string; models: readonly HubModel[] }[] = [
  {
    label: 'Language models',
    models: [
      {
        id: 'EleutherAI/pythia-70m',
        description: 'GPT-NeoX, 6 layers, 70M parameters; with checkpoints of its training (step1000, …)',
        bytes: 166e6,
      },
      {
        id: 'HuggingFaceTB/SmolLM2-135M',
        description: 'Llama, 30 layers, 135M parameters',
        bytes: 269e6,
      },
      {
        id: 'HuggingFaceTB/SmolLM2-135M-Instruct',
        description: 'Llama, 30 layers, 135M parameters; follows instructions',
        bytes: 269e6,
      },
      { id: 'distilbert/distilgpt2', description: 'GPT-2, 6 layers, 82M parameters', bytes: 353e6 },
      {
        id: 'EleutherAI/pythia-160m',
        description: 'GPT-NeoX, 12 layers, 162M parameters; with checkpoints of its training',
        bytes: 375e6,
      },
      {
        id: 'openai-community/gpt2',
        description: 'GPT-2 small, 12 layers, 124M parameters: the one of most interpretability papers',
        bytes: 548e6,
      },
      { id: 'Qwen/Qwen2.5-0.5B', description: 'Qwen2, 24 layers, 494M parameters', bytes: 988e6 },
      { id: 'Qwen/Qwen3-0.6B', description: 'Qwen3, 28 layers, 596M parameters', bytes: 1.5e9 },
    ],
  },
  {
    label: 'Encoders and image classifiers',
    models: [
      {
        id: 'sentence-transformers/all-MiniLM-L6-v2',
        description: 'BERT, 6 layers, 23M parameters: sentence embeddings',
        bytes: 91e6,
      },
      {
        id: 'distilbert/distilbert-base-uncased',
        description: 'DistilBERT, 6 layers, 67M parameters: guesses masked words',
        bytes: 268e6,
      },
      {
        id: 'google/vit-base-patch16-224',
        description: 'ViT, 12 layers, 87M parameters: 1,000 classes of ImageNet',
        bytes: 346e6,
      },
      {
        id: 'google-bert/bert-base-uncased',
        description: 'BERT, 12 layers, 110M parameters: guesses masked words',
        bytes: 440e6,
      },
    ],
  },
];
