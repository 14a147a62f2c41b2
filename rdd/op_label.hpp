// Where an op was called, for errors, progress and explain().
#pragma once

#include <memory>
#include <string_view>

#include "kindred/engine/node.hpp"
#include "kindred/rdd/source_location.hpp"

namespace kindred::detail {

/// Shared by the copies of a chain.
using LabelRef = std::shared_ptr<const OpLabel>;

LabelRef make_label(std::string_view op, const SourceLocation& where);

}  // namespace kindred::detail
