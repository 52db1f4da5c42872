GRACE = 3


def late_fee(days, rate):
    if days <= GRACE:
        return 0
    return (days - GRACE) + rate
