"""The convolutions, plain and transposed, that the engine is tested with."""

from typing import Any

Sides = int | tuple[int, int]


def window(kernel: Sides, stride: Sides = 1, padding: Sides = 0, **more: Any) -> dict[str, Any]:
    """Options of a convolution; one number stands for height and width alike."""
    options = {"kernel": kernel, "stride": stride, "padding": padding} | more
    return {
        name: (value, value) if isinstance(value, int) and name not in ("groups", "bias") else value
        for name, value in options.items()
    }


# name: (input shape, channels out, keyword arguments)
CONVOLUTIONS: dict[str, tuple[tuple[int, int, int], int, dict[str, Any]]] = {
    "kernel1": ((3, 4, 5), 5, window(1)),
    "kernel1_stride2": ((2, 5, 4), 3, window(1, 2)),
    "kernel2_stride2": ((4, 6, 6), 4, window(2, 2)),
    "kernel2_padding1": ((1, 4, 3), 2, window(2, 1, 1)),
    "kernel3": ((1, 6, 6), 4, window(3)),
    "kernel3_padding1": ((5, 6, 5), 6, window(3, 1, 1)),
    "kernel3_stride2_padding1": ((4, 7, 7), 8, window(3, 2, 1)),
    "kernel3_stride2_padding1_even": ((9, 6, 6), 7, window(3, 2, 1)),
    "kernel3_stride3": ((2, 9, 8), 9, window(3, 3)),
    "kernel3_no_bias": ((3, 5, 5), 1, window(3, 1, 1, bias=False)),
    "kernel3_dilation2": ((2, 7, 8), 3, window(3, 1, 2, dilation=2)),
    "kernel3_dilation3_stride2": ((1, 9, 9), 2, window(3, 2, 3, dilation=3)),
    "kernel3_groups2": ((4, 5, 5), 6, window(3, 1, 1, groups=2)),
    "kernel3_groups3": ((9, 4, 4), 3, window(3, 1, 1, groups=3)),
    "kernel3_depthwise": ((5, 6, 6), 5, window(3, 2, 1, groups=5)),
    "kernel3_depthwise_multiplier": ((3, 4, 4), 6, window(3, groups=3)),
    "kernel4_stride2_padding1": ((3, 8, 8), 4, window(4, 2, 1)),
    "kernel4_whole_map": ((6, 4, 4), 5, window(4)),
    "kernel5_padding2": ((2, 6, 7), 4, window(5, 1, 2)),
    "kernel5_stride3_padding1": ((1, 10, 9), 3, window(5, 3, 1)),
    "kernel7_padding3": ((1, 5, 6), 2, window(7, 1, 3)),
    "kernel7_stride2": ((2, 9, 9), 1, window(7, 2)),
    "kernel_1x3": ((2, 4, 6), 3, window((1, 3), 1, (0, 1))),
    "kernel_5x2_mixed": ((3, 9, 7), 4, window((5, 2), (1, 3), (2, 0), dilation=(1, 2))),
    "wide_padding": ((1, 2, 2), 2, window(3, 1, (4, 5))),
    "one_pixel": ((7, 1, 1), 8, window(3, 1, 1)),
    "trailing_rows_unused": ((2, 8, 8), 2, window(3, (3, 2))),
}  # fmt: skip
TRANSPOSED: dict[str, tuple[tuple[int, int, int], int, dict[str, Any]]] = {
    "kernel1": ((3, 3, 4), 2, window(1)),
    "kernel1_stride2": ((2, 3, 3), 4, window(1, 2, output_padding=1)),
    "kernel2_stride2": ((4, 3, 4), 3, window(2, 2)),
    "kernel3_padding1": ((5, 4, 4), 6, window(3, 1, 1)),
    "kernel3_stride2_padding1": ((4, 4, 5), 2, window(3, 2, 1)),
    "kernel3_stride2_output1": ((8, 4, 4), 4, window(3, 2, 1, output_padding=1)),
    "kernel3_stride2_output1_narrow": ((9, 3, 3), 1, window(3, 2, 1, output_padding=1)),
    "kernel3_stride3_output2": ((2, 3, 3), 7, window(3, 3, output_padding=2)),
    "kernel3_no_bias": ((3, 3, 3), 5, window(3, bias=False)),
    "kernel3_dilation2": ((2, 4, 4), 3, window(3, 1, 1, dilation=2)),
    "kernel3_dilation2_stride2": ((2, 3, 4), 3, window(3, 2, 2, dilation=2, output_padding=1)),
    "kernel3_groups2": ((4, 3, 4), 6, window(3, 2, 1, groups=2)),
    "kernel3_groups3": ((9, 3, 3), 3, window(3, groups=3)),
    "kernel3_depthwise": ((5, 3, 3), 5, window(3, 2, groups=5)),
    "kernel4_stride2_padding1": ((6, 4, 4), 3, window(4, 2, 1)),
    "kernel4_from_pixel": ((7, 1, 1), 4, window(4)),
    "kernel5_stride2_padding2": ((3, 4, 3), 2, window(5, 2, 2, output_padding=1)),
    "kernel5_stride3": ((1, 3, 3), 3, window(5, 3, 1)),
    "kernel7_padding3": ((2, 4, 5), 1, window(7, 1, 3)),
    "kernel_2x5_mixed": ((3, 4, 3), 4, window((2, 5), (3, 1), (0, 2), output_padding=(2, 0))),
    "kernel2_stride3_gaps": ((2, 3, 3), 2, window(2, 3)),
    "wide_padding": ((2, 5, 5), 3, window(3, 1, 3)),
}  # fmt: skip
