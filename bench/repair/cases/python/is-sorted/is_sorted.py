def starts_with_vowel(word):
    return word[0].lower() in 'aeiou'
