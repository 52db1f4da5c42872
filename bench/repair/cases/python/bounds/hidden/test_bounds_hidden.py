import unittest

from bounds import inside


class Test(unittest.TestCase):
    def test_1(self):
        self.assertEqual(inside((2, 2), 2, 2), True)

    def test_2(self):
        self.assertEqual(inside((1, 2), 2, 3), False)


if __name__ == "__main__":
    unittest.main()
