"""Write what transformers' image processor for ViT makes of random images, as packages/core/test/golden/images.json
(the settings of each case) and images.safetensors:

  image_i         int32 [height, width, 3]        eight-bit channels
  pixel_values_i  float32 [3, height', width']

The processor is the one that resizes with Pillow.
"""
import json

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import ViTImageProcessorPil

from golden_files import GOLDEN

IMAGENET = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
SQUARE = dict(height=8, width=8)
BOX, BILINEAR, HAMMING, BICUBIC, LANCZOS = 4, 2, 5, 3, 1

# height and width of the image, settings as in preprocessor_config.json
CASES = [
    ((8, 8), dict(size=SQUARE)),
    ((20, 14), dict(size=SQUARE)),
    ((5, 6), dict(size=SQUARE)),
    ((8, 21), dict(size=SQUARE, resample=BILINEAR)),
    ((21, 8), dict(size=SQUARE, resample=BILINEAR)),
    ((31, 29), dict(size=dict(height=8, width=12), resample=BICUBIC, **IMAGENET)),
    ((6, 5), dict(size=dict(height=8, width=12), resample=BICUBIC)),
    ((31, 29), dict(size=SQUARE, resample=LANCZOS)),
    ((31, 29), dict(size=SQUARE, resample=BOX)),
    ((31, 29), dict(size=SQUARE, resample=HAMMING)),
    ((33, 20), dict(size=dict(shortest_edge=10), resample=BICUBIC, do_center_crop=True, crop_size=SQUARE)),
    ((20, 27), dict(size=dict(shortest_edge=9), resample=BILINEAR, do_center_crop=True, crop_size=8, **IMAGENET)),
    ((13, 11), dict(do_resize=False, do_center_crop=True, crop_size=SQUARE)),
    ((20, 14), dict(size=8, do_normalize=False)),
    ((20, 14), dict(size=8, do_rescale=False, image_mean=[127.5] * 3, image_std=[64.0] * 3)),
    ((20, 14), dict(size=8, do_rescale=False, do_normalize=False)),
    ((20, 14), dict(size=8, rescale_factor=1 / 127.5, image_mean=[1, 1, 1], image_std=[1, 1, 1])),
]


def main() -> None:
    rng = np.random.default_rng(0)
    tensors = {}
    for i, ((height, width), settings) in enumerate(CASES):
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        # Flat and extreme parts, where a filter that overshoots has to be cut off.
        image[: height // 2, : width // 2] = 255
        image[height // 2:, : width // 3] = 0
        pixels = ViTImageProcessorPil(**settings)(image, return_tensors="pt").pixel_values[0]
        tensors |= {f"image_{i}": torch.from_numpy(image.astype(np.int32)), f"pixel_values_{i}": pixels.float()}
    save_file({key: value.contiguous() for key, value in tensors.items()}, GOLDEN / "images.safetensors")
    lines = ",\n".join(json.dumps(settings) for _, settings in CASES)
    (GOLDEN / "images.json").write_text(f"[\n{lines}\n]\n")
    (GOLDEN / "images.safetensors").chmod(0o644)


if __name__ == "__main__":
    main()
