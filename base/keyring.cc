#include "base/keyring.h"
