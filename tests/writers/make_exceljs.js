// node make_exceljs.js   (npm install exceljs@4.4.0)
const Excel = require('exceljs'), {titles, rows, FORMATS, NUMBERS, DATES} = require('./cells.js');
const book = new Excel.Workbook(), sheet = book.addWorksheet('List');
book.created = book.modified = new Date(0);
sheet.getRow(1).values = titles;
rows.forEach((row, at) => row.forEach((text, column) => {
  const title = titles[column];
  if (!text) return;
  const cell = sheet.getRow(at + 2).getCell(column + 1);
  cell.value = NUMBERS.includes(title) ? Number(text) : DATES.includes(title) ? new Date(text) : text;
  if (FORMATS[title]) cell.numFmt = FORMATS[title];
}));
book.xlsx.writeFile('exceljs.xlsx');
