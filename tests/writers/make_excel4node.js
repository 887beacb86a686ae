// node make_excel4node.js   (npm install excel4node@1.8.2)
const xl = require('excel4node'), {titles, rows, FORMATS, NUMBERS, DATES} = require('./cells.js');
const book = new xl.Workbook(), sheet = book.addWorksheet('List');
titles.forEach((title, column) => sheet.cell(1, column + 1).string(title));
rows.forEach((row, at) => row.forEach((text, column) => {
  const title = titles[column], cell = sheet.cell(at + 2, column + 1);
  if (!text) return;
  if (NUMBERS.includes(title)) cell.number(Number(text));
  else if (DATES.includes(title)) cell.date(new Date(text));
  else cell.string(text);
  if (FORMATS[title]) cell.style({numberFormat: FORMATS[title]});
}));
book.write('excel4node.xlsx');
