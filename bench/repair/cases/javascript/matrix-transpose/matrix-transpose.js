export function transpose(rows) {
  const result = [];
  for (let c = 0; c < (rows[0] ?? []).length; c++) {
    const column = [];
    for (let r = 0; r < rows.length; r++) column.push(rows[c][r]);
    result.push(column);
  }
  return result;
}
