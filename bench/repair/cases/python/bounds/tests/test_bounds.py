import unittest

from bounds import inside


class Test(unittest.TestCase):
    def test_1(self):
        self.assertEqual(inside((0, 0), 0, 5), True)

    def test_2(self):
        self.assertEqual(inside((0, 3), 0, 5), True)

    def test_3(self):
        self.assertEqual(inside((3, 0), 0, 5), True)

    def test_4(self):
        self.assertEqual(inside((5, 5), 0, 5), True)

    def test_5(self):
        self.assertEqual(inside((6, 1), 0, 5), False)

    def test_6(self):
        self.assertEqual(inside((-1, 1), 0, 5), False)


if __name__ == "__main__":
    unittest.main()
