#include "milter/snapshot.h"
