#!/usr/bin/env python3
"""Makes a picture of a screen: svg.py SCREEN.ansi PICTURE.svg

Reads what `tmux capture-pane -e -p` prints (text with SGR sequences) and writes an SVG with one text
element for each run of cells of one style, in a monospaced font of whoever looks at it.
"""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, BASE = 8.4, 17, 13
BACKGROUND, FOREGROUND = "#16181d", "#d8dae0"
COLOURS = ["#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dae0",
           "#7f8693", "#ff8891", "#b5e890", "#ffdf91", "#84c6ff", "#e29cf0", "#7fd6e0", "#ffffff"]
SGR = re.compile(r"\x1b\[([0-9;]*)m")


class Style:
    """What SGR sequences have set so far."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.underlined = self.reversed = self.crossed = False

    def take(self, text):
        codes = [int(code or 0) for code in text.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 2, 4, 7, 9):
                name = {1: "bold", 2: "dim", 4: "underlined", 7: "reversed", 9: "crossed"}[code]
                setattr(self, name, True)
            elif code == 22:
                self.bold = self.dim = False
            elif code in (24, 27, 29):
                setattr(self, {24: "underlined", 27: "reversed", 29: "crossed"}[code], False)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fg = code - 30 if code < 90 else code - 82
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.bg = code - 40 if code < 100 else code - 92
            elif code in (38, 48) and codes[:1] == [5]:
                setattr(self, "fg" if code == 38 else "bg", codes[1] % 16)
                codes = codes[2:]
            elif code == 39:
                self.fg = None
            elif code == 49:
                self.bg = None

    def key(self):
        fg = FOREGROUND if self.fg is None else COLOURS[self.fg]
        bg = BACKGROUND if self.bg is None else COLOURS[self.bg]
        if self.reversed:
            fg, bg = bg, fg
        return fg, bg, self.bold, self.dim, self.underlined, self.crossed


def wide(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def runs(line, style):
    """The runs of one style: the column of each, its text, its columns, its style."""
    column, parts = 0, SGR.split(line)
    for at, part in enumerate(parts):
        if at % 2:
            style.take(part)
        elif part:
            width = sum(map(wide, part))
            yield column, part, width, style.key()
            column += width


def picture(text):
    lines = text.rstrip("\n").split("\n")
    columns = max(sum(map(wide, SGR.sub("", line))) for line in lines)
    width, height = columns * CELL_WIDTH + 16, len(lines) * CELL_HEIGHT + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">',
           f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>']
    style = Style()
    for row, line in enumerate(lines):
        top = 8 + row * CELL_HEIGHT
        for column, part, cells, (fg, bg, bold, dim, underlined, crossed) in runs(line, style):
            x, span = 8 + column * CELL_WIDTH, cells * CELL_WIDTH
            if bg != BACKGROUND:
                out.append(f'<rect x="{x:.1f}" y="{top}" width="{span:.1f}" '
                           f'height="{CELL_HEIGHT}" fill="{bg}"/>')
            if not part.strip():
                continue
            more = ' font-weight="bold"' if bold else ""
            more += ' opacity="0.6"' if dim else ""
            marks = ["underline"] * underlined + ["line-through"] * crossed
            more += f' text-decoration="{" ".join(marks)}"' if marks else ""
            out.append(f'<text x="{x:.1f}" y="{top + BASE}" textLength="{span:.1f}" fill="{fg}" '
                       f'xml:space="preserve"{more}>{escape(part)}</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as screen:
        drawn = picture(screen.read())
    with open(sys.argv[2], "w", encoding="utf-8") as svg:
        svg.write(drawn)


if __name__ == "__main__":
    main()
