/// What settings mean that several algorithms have.
extension SettingNote where Value == Int {
    public static var environments: SettingNote { .init("sub-environments that step together", .within(1...8_192)) }
    public static var totalSteps: SettingNote {
        .init("environment steps of a whole run, over which schedules run", .atLeast(1))
    }
    public static var minibatchSize: SettingNote { .init("transitions of a gradient step", .within(1...1_000_000)) }
}

extension SettingNote where Value == Double {
    public static var discount: SettingNote { .init("gamma: what a reward a step later is worth", .within(0...1)) }
    public static var maxGradientNorm: SettingNote { .init("largest global norm of the gradients", .above(0)) }
}

extension SettingNote where Value == Schedule {
    public static var learningRate: SettingNote {
        .init("Adam's: a number, or {from, to, fraction} linear over the run", .within(0...100))
    }
    public static var exploration: SettingNote {
        .init(
            "share of random actions: a number, {from, to, fraction} over the run, or {from, factor, to} by episodes",
            .within(0...1))
    }
}

extension SettingNote where Value == [Int] {
    public static var hidden: SettingNote {
        .init(
            "units of the hidden layers",
            SettingRange("up to 8 layers of 1 to 4,096 units") { $0.count <= 8 && $0.allSatisfy { 1...4_096 ~= $0 } })
    }
}

extension SettingNote where Value == DenseNetwork.Activation {
    public static var activation: SettingNote { .init("tanh or relu") }
}

extension SettingNote where Value == UInt64 {
    public static var seed: SettingNote { .init("of everything random") }
}
