"""The classifier as a LayersModel of TensorFlow.js: Keras' description of the layers, and the weights in its layout."""
import numpy as np
import torch
from torch import nn

SIDE, CHANNELS = 8, 1


def layer(class_name: str, name: str, **config) -> dict:
    """A layer in Keras' words."""
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def topology(model: nn.Sequential) -> dict:
    """The layers in order. Pictures are `[batch, height, width, channel]`."""
    layers = [layer("InputLayer", "image", batch_input_shape=[None, SIDE, SIDE, CHANNELS], dtype="float32")]
    for name, module in model.named_children():
        match module:
            case nn.Conv2d():
                layers.append(layer(
                    "Conv2D", name, filters=module.out_channels, kernel_size=list(module.kernel_size),
                    strides=[1, 1], padding="same", data_format="channels_last", activation="linear",
                    use_bias=True))
            case nn.ReLU():
                layers.append(layer("ReLU", name))
            case nn.MaxPool2d():
                layers.append(layer("MaxPooling2D", name, pool_size=[2, 2], strides=[2, 2], padding="valid",
                                    data_format="channels_last"))
            case nn.Flatten():
                layers.append(layer("Flatten", name, data_format="channels_last"))
            case nn.Linear():
                layers.append(layer("Dense", name, units=module.out_features, activation="linear", use_bias=True))
    return {"class_name": "Sequential", "config": {"name": "digits", "layers": layers}}


def weights(model: nn.Sequential) -> dict[str, np.ndarray]:
    """Weights by Keras' names: kernels `[height, width, in, out]` and `[in, out]`."""
    found = {}
    shape_before_flatten = None
    for name, module in model.named_children():
        if isinstance(module, nn.Conv2d):
            kernel = module.weight.permute(2, 3, 1, 0)
            shape_before_flatten = (module.out_channels, SIDE // 2, SIDE // 2)
        elif isinstance(module, nn.Linear):
            kernel = module.weight.T
            if shape_before_flatten is not None:
                # PyTorch flattens channel by channel, Keras place by place.
                order = torch.arange(kernel.shape[0]).reshape(shape_before_flatten).permute(1, 2, 0).flatten()
                kernel, shape_before_flatten = kernel[order], None
        else:
            continue
        found[f"{name}/kernel"] = kernel.detach().contiguous().numpy()
        found[f"{name}/bias"] = module.bias.detach().numpy()
    return found
