import unittest

from safe_ratio import ratio


class Test(unittest.TestCase):
    def test_1(self):
        self.assertEqual(ratio(3, 0), 0)

    def test_2(self):
        self.assertEqual(ratio(4, 4), 1.0)


if __name__ == "__main__":
    unittest.main()
