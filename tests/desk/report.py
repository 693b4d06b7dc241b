from shapes import circle


def report(radius):
    return "%.1f %.1f" % circle(radius)
