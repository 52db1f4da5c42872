def inside(point, low, high):
    x, y = point
    return low < x <= high and low < y <= high
