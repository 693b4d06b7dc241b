import math


def circle(radius):
    if radius < 0:
        raise ValueError("negative radius")
    area = math.pi * radius * radius
    around = 2 * math.pi * radius
    return area, around


def square(side):
    if side < 0:
        raise ValueError("negative side")
    area = side * side
    around = 4 * side
    return area, around


def triangle(a, b, c):
    if a + b <= c or b + c <= a or c + a <= b:
        raise ValueError("no triangle")
    half = (a + b + c) / 2
    area = math.sqrt(half * (half - a) * (half - b) * (half - c))
    around = a + b + c
    return area, around
