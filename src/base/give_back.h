// Memory of containers that are done with.
#pragma once

namespace pedigree {

// Empties it and gives back what it holds, which `= {}` and `clear()` keep.
template <class Container>
void give_back(Container& container) {
  container = Container();
}

}  // namespace pedigree
