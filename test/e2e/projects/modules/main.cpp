import report;

int main() {
  report(212, Scale::fahrenheit);
  report(21.5, Scale::celsius);
}
