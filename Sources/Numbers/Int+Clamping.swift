extension Int {
    /// The whole part of a number, whatever it is: 0 for what is no number, and the nearest integer for what is beyond all of
    /// them. `Int(_:)` ends the process for those.
    public init(clamping number: Double) {
        guard !number.isNaN else {
            self = 0
            return
        }
        // Int.max has no Double of its own; the next one up is 2 to the power of 63.
        self = number >= 0x1p63 ? .max : number <= -0x1p63 ? .min : Int(number)
    }
}
