def first_negative(values):
    found = None
    for value in values:
        if value < 0:
            found = value
            continue
    return found
