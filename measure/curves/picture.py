"""The learning curves as a picture."""

import numpy as np

from measure.curves.training import POINTS, WAYS

COLOURS = {"ours": "#d55e00", "gymnasium": "#0072b2", "daemon": "#009e73"}


def picture(curves: dict[str, np.ndarray], bands: dict[str, np.ndarray], steps: int) -> str:
    """The curves as a page of SVG."""
    left, top, width, height = 46, 14, 580, 260

    def x(point: float) -> float:
        return round(left + width * (point + 1) / POINTS, 1)

    def y(value: float) -> float:
        return round(top + height * (1 - value / 500), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 14} {top + height + 74}" width="680">',
        "<title>Return of CartPole-v1 against environment steps, three ways</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<g font-family="sans-serif" font-size="11" fill="#444" stroke="none">',
    ]
    for value in range(0, 501, 100):
        parts.append(f'<path d="M{left} {y(value)}h{width}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(value) + 4}" text-anchor="end">{value}</text>')
    for part in range(0, 6):
        at = left + width * part / 5
        parts.append(f'<text x="{at}" y="{top + height + 16}" text-anchor="middle">{steps * part // 5:,}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 34}" text-anchor="middle">environment steps</text>')
    for way, band in bands.items():
        up = " ".join(f"{x(index)},{y(value)}" for index, value in enumerate(band[1]))
        down = " ".join(f"{x(index)},{y(band[0][index])}" for index in reversed(range(POINTS)))
        parts.append(f'<polygon points="{up} {down}" fill="{COLOURS[way]}" fill-opacity="0.15"/>')
    for place, way in enumerate(bands):
        line = " ".join(f"{x(index)},{y(value)}" for index, value in enumerate(curves[way].mean(axis=0)))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[way]}" stroke-width="2"/>')
        at, base = left + 196 * place, top + height + 58
        parts.append(f'<path d="M{at} {base - 4}h18" stroke="{COLOURS[way]}" stroke-width="3"/>')
        parts.append(f'<text x="{at + 23}" y="{base}">{WAYS[way]}</text>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"
