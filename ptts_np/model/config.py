"""The configuration of a model: validated, frozen, the reference's own key names.

The YAML files of Pocket TTS load unchanged. An unknown key is an error: it would be a setting the
model was trained with and this code ignores.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ptts_np.errors import ConfigError

Size = Annotated[int, Field(gt=0, le=1 << 20)]
Count = Annotated[int, Field(ge=0, le=1 << 10)]
Index = Annotated[int, Field(ge=0, lt=1 << 10)]
Layers = Annotated[int, Field(ge=1, le=1 << 10)]
MAX_CONFIG_BYTES = 1 << 20


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FlowConfig(Settings):
    depth: Count
    dim: Annotated[int, Field(ge=2, le=1 << 20)]
    type: Literal["lsd", "flow_matching", "drifting", "pointwise"] = "lsd"


class LookupTableConfig(Settings):
    n_bins: Size
    dim: Size
    tokenizer: Literal["sentencepiece", "tokenizers"] = "sentencepiece"
    tokenizer_path: str
    rank: Size | None = None


class TransformerConfig(Settings):
    """What both kinds of transformer have; `dim_feedforward` and `attn_dim` come out filled in."""

    d_model: Size
    num_heads: Size
    num_layers: Layers
    dim_feedforward: Size
    attn_dim: Size
    num_kv_heads: Size
    max_period: Annotated[float, Field(gt=1.0)] = 10000.0
    context: Size | None = None
    layer_scale: float | None = None

    @model_validator(mode="before")
    @classmethod
    def fill_in(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        filled = {key: value for key, value in given.items() if value is not None}
        hidden_scale = filled.pop("hidden_scale", None)
        d_model, heads = filled.get("d_model"), filled.get("num_heads")
        if "dim_feedforward" not in filled and isinstance(d_model, int):
            if not isinstance(hidden_scale, (int, float)):
                raise ValueError("either dim_feedforward or hidden_scale must be given")
            with suppress(OverflowError):  # then it is missing, and told so
                filled["dim_feedforward"] = int(d_model * hidden_scale)
        filled.setdefault("attn_dim", d_model)
        filled.setdefault("num_kv_heads", heads)
        return filled

    @model_validator(mode="after")
    def check(self) -> "TransformerConfig":
        if self.attn_dim % self.num_heads or (self.attn_dim // self.num_heads) % 2:
            raise ValueError(
                f"attn_dim {self.attn_dim} must split into {self.num_heads} even heads"
            )
        if self.num_heads % self.num_kv_heads:
            raise ValueError("num_heads must be a multiple of num_kv_heads")
        return self

    @property
    def head_dim(self) -> int:
        return self.attn_dim // self.num_heads


class FlowLmConfig(Settings):
    transformer: TransformerConfig
    flow: FlowConfig
    lookup_table: LookupTableConfig
    insert_bos_before_voice: bool = False
    z_dim: Size | None = None
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"

    @model_validator(mode="after")
    def check(self) -> "FlowLmConfig":
        if self.lookup_table.dim != self.transformer.d_model:
            raise ValueError("lookup_table.dim must equal transformer.d_model")
        return self

    @property
    def output_dim(self) -> int:
        """Width of the backbone's output `c`."""
        return self.z_dim or self.transformer.d_model


class SeanetConfig(Settings):
    dimension: Size
    n_filters: Size
    ratios: Annotated[tuple[Size, ...], Field(min_length=1, max_length=8)]
    n_residual_layers: Annotated[int, Field(ge=0, le=8)] = 1
    kernel_size: Size = 7
    residual_kernel_size: Size = 3
    last_kernel_size: Size = 3
    dilation_base: Annotated[int, Field(ge=1, le=4)] = 2
    compress: Size = 2
    channels: Literal[1] = 1
    pad_mode: Literal["constant", "replicate"] = "constant"

    @model_validator(mode="after")
    def check(self) -> "SeanetConfig":
        if self.compress > self.n_filters:
            raise ValueError("compress must not exceed n_filters")
        return self


class MimiTransformerConfig(TransformerConfig):
    input_dimension: Size
    output_dimensions: Annotated[tuple[Size, ...], Field(min_length=1, max_length=1)]


class QuantizerConfig(Settings):
    dimension: Size
    output_dimension: Size


class MimiConfig(Settings):
    seanet: SeanetConfig
    transformer: MimiTransformerConfig
    quantizer: QuantizerConfig
    inner_dim: Size | None = None
    outer_dim: Size | None = None
    decoder_seanet: SeanetConfig | None = None
    decoder_transformer: MimiTransformerConfig | None = None
    sample_rate: Literal[24000] = 24000
    frame_rate: Annotated[float, Field(ge=12.5, le=12.5)] = 12.5
    channels: Literal[1] = 1
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"

    @model_validator(mode="after")
    def check(self) -> "MimiConfig":
        for side, seanet in (("seanet", self.seanet), ("decoder_seanet", self.decoder)):
            hop = 1
            for ratio in seanet.ratios:
                hop *= ratio
            if self.samples_per_frame % hop:
                raise ValueError(f"{side}.ratios must divide {self.samples_per_frame} samples")
        for side, width, attention in (
            ("transformer", self.seanet.dimension, self.transformer),
            ("decoder_transformer", self.decoder.dimension, self.decoder_attention),
        ):
            if (attention.input_dimension, *attention.output_dimensions) != (width, width):
                raise ValueError(
                    f"{side}'s inputs and outputs must be {width} wide as its seanet's"
                )
        if self.quantizer.output_dimension != self.decoder.dimension:
            raise ValueError("quantizer.output_dimension must equal the decoder's dimension")
        if self.outer_dim not in (None, self.decoder.dimension):
            raise ValueError("outer_dim must equal the decoder's dimension")
        if self.upsample_stride < 2 or self.downsample_stride < 2:
            raise ValueError("seanet.ratios leave no resampling to the frame rate")
        return self

    @property
    def decoder(self) -> SeanetConfig:
        return self.decoder_seanet or self.seanet

    @property
    def decoder_attention(self) -> MimiTransformerConfig:
        return self.decoder_transformer or self.transformer

    @property
    def samples_per_frame(self) -> int:
        return int(self.sample_rate / self.frame_rate)

    @property
    def upsample_stride(self) -> int:
        """Decoder transformer steps per frame."""
        return self.samples_per_frame // _product(self.decoder.ratios)

    @property
    def downsample_stride(self) -> int:
        """Encoder transformer steps per frame."""
        return self.samples_per_frame // _product(self.seanet.ratios)

    @property
    def voice_dim(self) -> int:
        """Width of the latents the encoder makes of a voice prompt."""
        return self.inner_dim or self.seanet.dimension


class ModelConfig(Settings):
    flow_lm: FlowLmConfig
    mimi: MimiConfig
    weights_path: str
    weights_path_without_voice_cloning: str | None = None
    default_temperature: Annotated[float, Field(ge=0.0)] = 0.3
    default_eos_threshold: float = -4.0
    default_max_tokens: Size = 50
    model_recommended_frames_after_eos: Count | None = None
    replace_characters: dict[str, str] = Field(default_factory=dict)
    remove_semicolons: bool = False
    capitalize_first_letter: bool = True
    append_terminal_punctuation: bool = True
    pad_with_spaces_for_short_inputs: bool = False
    pronunciation: str | None = None
    voice_cloning: bool = True
    text_heads: tuple[tuple[Index, Index], ...] = ()

    @model_validator(mode="after")
    def check(self) -> "ModelConfig":
        shape = self.flow_lm.transformer
        for layer, head in self.text_heads:
            if layer >= shape.num_layers or head >= shape.num_heads:
                raise ValueError(
                    f"text_heads names layer {layer}, head {head}; there are {shape.num_layers} "
                    f"layers of {shape.num_heads} heads, counted from 0"
                )
        return self

    @property
    def latent_dim(self) -> int:
        return self.mimi.quantizer.dimension


def _product(numbers: tuple[int, ...]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


def parse_config(data: Any, origin: str) -> ModelConfig:
    """Validate a mapping; `origin` names it in the ConfigError that says all that is wrong."""
    try:
        return ModelConfig.model_validate(data)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'config'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)[:8]
        )
        raise ConfigError(f"{origin} is not a usable model configuration: {wrong}") from None


def load_config(path: Path) -> ModelConfig:
    """Read a YAML file; raises ConfigError for one that is unreadable, too large or invalid."""
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ConfigError(f"{path} is too large for a model configuration (limit 1 MiB)")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    # PyYAML lets the errors of what it calls pass: ValueError, KeyError, AttributeError...
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{path} is not a YAML text: {first}") from error
    return parse_config(data, str(path))
