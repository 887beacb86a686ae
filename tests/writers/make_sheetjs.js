// node make_sheetjs.js   (npm install xlsx@0.18.5)
const X = require('xlsx'), {titles, rows, FORMATS, NUMBERS, DATES} = require('./cells.js');
// Its ods has no number formats, so that what they pad is text there.
const sheetOf = kind => {
const sheet = X.utils.aoa_to_sheet([titles]);
rows.forEach((row, at) => row.forEach((text, column) => {
  const title = titles[column], place = X.utils.encode_cell({r: at + 1, c: column});
  if (!text) return;
  if (kind === 'ods' && /^0+$/.test(FORMATS[title] || '')) sheet[place] = {t: 's', v: text};
  else if (NUMBERS.includes(title)) sheet[place] = {t: 'n', v: Number(text), z: FORMATS[title]};
  else if (DATES.includes(title)) sheet[place] = {t: 'n', v: (Date.parse(text) - Date.UTC(1899, 11, 30)) / 864e5, z: FORMATS[title]};
  else sheet[place] = {t: 's', v: text};
}));
sheet['!ref'] = X.utils.encode_range({s: {r: 0, c: 0}, e: {r: rows.length, c: titles.length - 1}});
return sheet;
};
for (const [kind, name] of [['xlsx', 'sheetjs.xlsx'], ['xlsb', 'sheetjs.xlsb'], ['biff8', 'sheetjs.xls'], ['ods', 'sheetjs.ods']]) {
  const book = X.utils.book_new();
  X.utils.book_append_sheet(book, sheetOf(kind), 'List');
  X.writeFile(book, name, {bookType: kind, compression: true});
}
