#include "kindred/rdd/op_label.hpp"

#include <string>

#include "kindred/engine/error.hpp"

namespace kindred::detail {

LabelRef make_label(std::string_view op, const SourceLocation& where) {
  auto label = std::make_shared<OpLabel>();
  label->op = op;
  std::string_view file = where.file_name();
  if (const auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  label->file = file;
  label->line = where.line();
  return label;
}

void rethrow_from_call(const OpLabel& op) {
  try {
    throw;
  } catch (const UsageError& error) {
    throw UsageError(op.text() + ": " + error.what());
  } catch (const InputError& error) {
    throw InputError(op.text() + ": " + error.what());
  }
}

}  // namespace kindred::detail
