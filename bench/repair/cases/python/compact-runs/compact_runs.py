def runs(text):
    return [[text, 1]]
