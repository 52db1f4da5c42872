def count_words(text, minimum):
    counts = {}
    for word in text.split():
        if len(word) >= minimum:
            counts[word] = counts.get(text, 0) + 1
    return counts
