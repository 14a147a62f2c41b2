// Which hash table the aggregations use for which rows.
#pragma once

#include <string>
#include <type_traits>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/inline_table.hpp"
#include "kindred/engine/packed_text.hpp"
#include "kindred/engine/text_table.hpp"

namespace kindred {

namespace detail {

template <class K, class V, class In>
struct CombineTableFor {
  using type =
      std::conditional_t<inline_rows<K, V, In>, InlineTable<K, V, In>, CombineTable<K, V, In>>;
};
template <class V, class In>
requires inline_rows<PackedText, V, In>
struct CombineTableFor<std::string, V, In> {
  using type = TextTable<V, In>;
};

}  // namespace detail

/// The table for keys and values of these types.
template <class K, class V, class In = V>
using combine_table_t = typename detail::CombineTableFor<K, V, In>::type;

}  // namespace kindred
