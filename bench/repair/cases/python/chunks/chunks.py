def chunks(items, size):
    result = []
    for start in range(0, len(items), size):
        result.append(items[start:start + size - 1])
    return result
