// The rows of list.csv with the cells typed as a person would: ids and codes are numbers that a format pads.
const fs = require('fs'), path = require('path');
const text = fs.readFileSync(path.join(__dirname, 'list.csv'), 'utf-8').trimEnd();
const split = line => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(m => m[1].replace(/^"|"$/g, '').replace(/""/g, '"'));
const [titles, ...rows] = text.split('\n').map(line => split(line).slice(0, 10));
exports.titles = titles;
exports.rows = rows;
exports.FORMATS = {'External ID': '000000', 'Postal code': '00000', 'First payment date': 'yyyy-mm-dd'};
exports.NUMBERS = ['External ID', 'Postal code', 'Total spent', 'Payment count'];
exports.DATES = ['First payment date'];
