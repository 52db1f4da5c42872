def classify(bmi):
    if bmi < 18.5:
        return 'under'
    if bmi < 24:
        return 'normal'
    if bmi < 30:
        return 'over'
    return 'obese'
