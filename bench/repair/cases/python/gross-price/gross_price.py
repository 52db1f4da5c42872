def gross(prices, tax, discount):
    net = sum(prices)
    reduced = net - discount
    return reduced + net * tax
