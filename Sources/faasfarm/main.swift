import ArgumentParser

import Hummingbird


