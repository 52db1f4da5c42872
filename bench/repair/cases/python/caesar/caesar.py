def shift(text, by):
    return text
