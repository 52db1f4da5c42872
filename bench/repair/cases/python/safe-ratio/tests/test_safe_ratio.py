import unittest

from safe_ratio import ratio


class Test(unittest.TestCase):
    def test_1(self):
        self.assertEqual(ratio(1, 2), 0.5)

    def test_2(self):
        self.assertEqual(ratio(1, 0), 0)

    def test_3(self):
        self.assertEqual(ratio(0, 4), 0.0)


if __name__ == "__main__":
    unittest.main()
