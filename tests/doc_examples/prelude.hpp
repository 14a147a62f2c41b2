// What the examples in the `///` comments of rdd/ speak of. Only compiled, never linked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "kindred/kindred.hpp"

using namespace kindred;  // NOLINT: the examples read best without

struct Person {
  std::string name;
  std::string city;
  int age = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, city, age);
  }
};
struct Offer {
  std::int64_t id = 0;
  double price = 0;
};
struct Visit {
  std::int64_t user = 0;
  std::int64_t time = 0;
};
struct Date {
  int month = 1;
  int day = 1;
  friend bool operator==(const Date&, const Date&) = default;
};
template <>
struct std::hash<Date> {
  std::size_t operator()(const Date& date) const {
    return static_cast<std::size_t>(date.month * 31 + date.day);
  }
};
struct Mean {
  double sum = 0;
  std::int64_t count = 0;
  Mean with(double x) const { return {sum + x, count + 1}; }
  Mean with(const Mean& other) const { return {sum + other.sum, count + other.count}; }
};
struct Connection {
  void send(std::string_view line);
};

using Interval = std::pair<std::int64_t, std::int64_t>;

inline constexpr auto is_error = [](std::string_view line) { return line.starts_with("ERROR"); };
inline constexpr auto square = [](std::int64_t x) { return x * x; };
inline constexpr auto parse = [](std::string_view line) { return line.size(); };
inline constexpr auto first_letter = [](std::string_view word) { return word.front(); };
inline constexpr auto name_and_age = [](const Person& person) {
  return std::pair(person.name, person.age);
};
inline constexpr auto widen = [](Interval seen, std::int64_t time) {
  return Interval(std::min(seen.first, time), std::max(seen.second, time));
};
inline constexpr auto unite = [](Interval a, Interval b) {
  return Interval(std::min(a.first, b.first), std::max(a.second, b.second));
};
void send(std::string_view line);
bool too_late();
void warn(std::string_view what);

template <class Key, class Value>
using Pairs = Rdd<std::pair<Key, Value>>;

extern Context context;
extern Accumulator<std::int64_t> bad;
extern Broadcast<std::set<std::string>> stop_words;
extern std::vector<std::string> texts;
extern std::vector<std::string> days;
extern Rdd<std::string> lines, words, logs, rows, errors, january, february, march;
extern Rdd<std::string> today, yesterday, customers, suppliers;
extern Rdd<double> points, centres;
extern Rdd<std::int64_t> numbers;
extern Rdd<int> lengths;
extern Rdd<double> prices, temperatures;
extern Rdd<Person> people;
extern Rdd<Offer> offers;
extern Rdd<Visit> visits;
extern Pairs<std::string, std::int64_t> counts;
extern Pairs<std::string, std::string> pages, links, visits_of_pages, names, medals, members;
extern Pairs<std::string, double> ages, grades, best_scores, means;
extern Pairs<std::string, std::int64_t> visitors, times, planned, actual;
extern Pairs<std::int64_t, double> orders, payments, deliveries;
extern Pairs<Date, double> sales;
