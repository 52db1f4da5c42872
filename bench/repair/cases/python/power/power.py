def raise_to(base, exponent):
    if exponent == 0:
        return 1
    return base * raise_to(exponent - 1, base)
