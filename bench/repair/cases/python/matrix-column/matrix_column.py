def column_sums(rows):
    width = len(rows[0])
    sums = [0] * width
    for i in range(len(rows)):
        for j in range(width):
            sums[j] += rows[j][i]
    return sums
