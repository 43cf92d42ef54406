export module units:scale;

export enum class Scale { celsius, fahrenheit };
