def merge(spans):
    result = []
    for low, high in sorted(spans):
        result.append((low, high))
    return result
