// winnow_spec_schema: prints docs/sweep.schema.json.
#include <iostream>

#include "spec/parse.h"

int main() {
  std::cout << winnow::spec::JsonSchema();
  return 0;
}
