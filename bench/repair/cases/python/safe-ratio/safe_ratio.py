def ratio(done, total):
    if not done:
        return 0
    return done / total
