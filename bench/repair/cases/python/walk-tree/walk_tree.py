def leaves(tree):
    if not isinstance(tree, list):
        return tree
    found = []
    for branch in tree:
        found += leaves(branch)
    return found
