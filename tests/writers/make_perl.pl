# perl make_perl.pl   (Spreadsheet::WriteExcel 2.40, Debian's libspreadsheet-writeexcel-perl)
use strict; use warnings; use utf8; use open ':std', ':encoding(UTF-8)';
use Spreadsheet::WriteExcel; use Time::Local;
open my $list, '<:encoding(UTF-8)', 'list.csv' or die;
my @rows = map { chomp; my @cells; my $line = "$_,"; push @cells, $1 while $line =~ /("(?:[^"]|"")*"|[^,]*),/g; [map { s/^"|"$//g; s/""/"/g; $_ } @cells] } <$list>;
my @titles = @{shift @rows};
my %format_of = ('External ID' => '000000', 'Postal code' => '00000', 'First payment date' => 'yyyy-mm-dd');
my %number = map { $_ => 1 } 'External ID', 'Postal code', 'Total spent', 'Payment count';
my $book = Spreadsheet::WriteExcel->new('perl.xls');
my %look = map { my $look = $book->add_format; $look->set_num_format($format_of{$_}); $_ => $look } sort keys %format_of;
my $sheet = $book->add_worksheet('List');
$sheet->write_string(0, $_, $titles[$_]) for 0 .. $#titles;
for my $at (0 .. $#rows) {
    for my $column (0 .. $#titles) {
        my ($title, $text) = ($titles[$column], $rows[$at][$column] // '');
        next if $text eq '';
        if ($title eq 'First payment date') {
            my ($y, $m, $d) = split /-/, $text;
            $sheet->write_number($at + 1, $column, timegm(0, 0, 0, $d, $m - 1, $y) / 86400 + 25569, $look{$title});
        }
        elsif ($number{$title}) { $sheet->write_number($at + 1, $column, $text, $look{$title}) }
        else { $sheet->write_string($at + 1, $column, $text) }
    }
}
$book->close;
