def flatten_once(lists):
    result = []
    for inner in lists:
        result.append(inner)
    return result
