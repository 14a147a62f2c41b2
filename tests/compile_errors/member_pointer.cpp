// rule: fn<&
#include <cstdint>
#include <vector>

#include <kindred/kindred.hpp>

struct Person {
  std::int64_t age;
};

int main() {
  kindred::Context context("local[2]");
  auto people = context.parallelize(std::vector<Person>{{30}});
  people.map(&Person::age);
}
