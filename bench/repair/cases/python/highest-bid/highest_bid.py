def highest(bids):
    best = 0
    for bid in bids:
        best = bid
    return best
