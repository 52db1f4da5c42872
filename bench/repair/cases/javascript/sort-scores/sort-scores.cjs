function topScores(scores, n) {
  const sorted = [...scores].sort((a, b) => a - b);
  return sorted.slice(0, n);
}

module.exports = { topScores };
