function quantities(cart) {
  const counts = {};
  for (const item of cart) counts[item] = (counts[item] ?? 1) + 1;
  return counts;
}

module.exports = { quantities };
