//! The list of operators this crate evaluates: which node compiles to which, and which runs how.
//! What an operator does belongs to its own file.

use crate::error::{Fault, Refusal};
use crate::ml::encode::{LabelEncoder, OneHotEncoder};
use crate::ml::linear::{LinearClassifier, LinearRegressor};
use crate::ml::scale::{Imputer, Normalizer, Scaler, binarize, extract, vectorize};
use crate::node::Node;
use crate::ops::arithmetic::{Arithmetic, Comparison, Folding, Logic, choose};
use crate::ops::cast::Cast;
use crate::ops::index::{self, Placing, Slice};
use crate::ops::normalize::{BatchNormalization, LayerNormalization, Softmax};
use crate::ops::product::{Gemm, Product, compile_matmul, matmul};
use crate::ops::reduce::{Extreme, Reduce, Reduction};
use crate::ops::shape::{self, Concat, Filled};
use crate::ops::top::Top;
use crate::ops::unary::{self, Clip, Unary};
use crate::step::Inputs;
use crate::tensor::{Tensor, TensorView};
use crate::trees::TreeEnsemble;
use crate::workspace::Scratch;

/// What is known of a node's inputs while it is compiled.
pub(crate) struct Known<'a> {
    pub(crate) constants: Vec<Option<&'a Tensor>>,
}

impl<'a> Known<'a> {
    pub(crate) fn constant(&self, index: usize) -> Option<TensorView<'a>> {
        self.constants.get(index).copied().flatten().map(Tensor::view)
    }
}

/// A compiled operator.
#[derive(Debug)]
pub(crate) enum Operator {
    Arithmetic(Arithmetic),
    ArrayFeatureExtractor,
    BatchNormalization(BatchNormalization),
    Binarizer(f32),
    Cast(Cast),
    Clip(Clip),
    Comparison(Comparison),
    Concat(Concat),
    Constant(Tensor),
    ConstantOfShape(Filled),
    Expand,
    Extreme(Extreme),
    FeatureVectorizer(Vec<i64>),
    Flatten(i64),
    Folding(Folding),
    Gather(i64),
    GatherElements(i64),
    Gemm(Gemm),
    Imputer(Imputer),
    IsInf,
    IsNan,
    LabelEncoder(Box<LabelEncoder>),
    LayerNormalization(LayerNormalization),
    LinearClassifier(Box<LinearClassifier>),
    LinearRegressor(Box<LinearRegressor>),
    Logic(Logic),
    MatMul,
    Normalizer(Normalizer),
    Not,
    OneHotEncoder(Box<OneHotEncoder>),
    Product(Box<Product>),
    Reduce(Reduce),
    Reshape { zero_is_zero: bool, fixed: Option<Vec<i64>> },
    Scaler(Scaler),
    ScatterElements(i64, Placing),
    Shape { start: i64, end: i64 },
    Slice(Slice),
    Softmax(Softmax),
    Split { axis: i64, sizes: Option<Vec<i64>> },
    Squeeze(Option<Vec<i64>>),
    Tile,
    Top(Top),
    Transpose(Option<Vec<i64>>),
    Trees(Box<TreeEnsemble>),
    Unary(Unary),
    Unsqueeze(Option<Vec<i64>>),
    Where,
}

/// Whether a node only gives its input another name.
pub(crate) fn is_alias(node: &Node<'_>) -> bool {
    match (node.domain(), node.proto.op_type.as_str()) {
        ("ai.onnx", "Identity") | ("ai.onnx.ml", "ZipMap") => true,
        // With a third input the node may be in training mode.
        ("ai.onnx", "Dropout") => node.proto.input.get(2).is_none_or(|name| name.is_empty()),
        _ => false,
    }
}

/// The most parts of one `Split`.
const SPLIT_MAX: usize = 1024;

/// The most outputs an operator has.
pub(crate) fn outputs_of(operator: &Operator) -> usize {
    match operator {
        Operator::LinearClassifier(_) | Operator::Top(_) => 2,
        Operator::Split { .. } => SPLIT_MAX,
        Operator::Trees(trees) => trees.outputs(),
        _ => 1,
    }
}

impl Operator {
    /// Compiles a node. An operator that is not listed is unsupported.
    pub(crate) fn compile(node: &Node<'_>, known: &Known<'_>) -> Result<Operator, Refusal> {
        let operator = match node.domain() {
            "ai.onnx" => compile_onnx(node, known)?,
            "ai.onnx.ml" => compile_ml(node)?,
            _ => None,
        };
        operator.ok_or_else(|| Refusal::Unsupported("this operator is not evaluated".to_string()))
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, outputs: &mut [Tensor], scratch: &mut Scratch) -> Result<(), Fault> {
        match self {
            Operator::Trees(trees) => return trees.run(inputs, outputs, scratch),
            Operator::LinearClassifier(linear) => return linear.run(inputs, outputs, scratch),
            Operator::Top(top) => return top.run(inputs, outputs),
            Operator::Split { axis, sizes } => return index::split(inputs, outputs, *axis, sizes.as_deref()),
            _ => {}
        }
        let Some(output) = outputs.first_mut() else { return Ok(()) };
        match self {
            Operator::Arithmetic(arithmetic) => arithmetic.run(inputs, output),
            Operator::ArrayFeatureExtractor => extract(inputs, output),
            Operator::BatchNormalization(normalization) => normalization.run(inputs, output),
            Operator::Binarizer(threshold) => binarize(inputs, output, *threshold),
            Operator::Cast(cast) => cast.run(inputs, output),
            Operator::Clip(clip) => clip.run(inputs, output),
            Operator::Comparison(comparison) => comparison.run(inputs, output),
            Operator::Concat(concat) => concat.run(inputs, output),
            Operator::Constant(tensor) => output.copy_as(tensor.view(), tensor.view().shape()),
            Operator::ConstantOfShape(filled) => filled.run(inputs, output),
            Operator::Expand => shape::expand(inputs, output),
            Operator::Extreme(extreme) => extreme.run(inputs, output),
            Operator::FeatureVectorizer(widths) => vectorize(inputs, output, widths, scratch),
            Operator::Flatten(axis) => shape::flatten(inputs, output, *axis),
            Operator::Folding(folding) => folding.run(inputs, output),
            Operator::Gather(axis) => index::gather(inputs, output, *axis),
            Operator::GatherElements(axis) => index::gather_elements(inputs, output, *axis),
            Operator::Gemm(gemm) => gemm.run(inputs, output),
            Operator::Imputer(imputer) => imputer.run(inputs, output),
            Operator::IsInf => unary::classify(inputs, output, f64::is_infinite),
            Operator::IsNan => unary::classify(inputs, output, f64::is_nan),
            Operator::LabelEncoder(encoder) => encoder.run(inputs, output),
            Operator::LayerNormalization(normalization) => normalization.run(inputs, output),
            Operator::LinearClassifier(_) | Operator::Trees(_) | Operator::Top(_) | Operator::Split { .. } => Ok(()),
            Operator::LinearRegressor(linear) => linear.run(inputs, output, scratch),
            Operator::Logic(logic) => logic.run(inputs, output),
            Operator::MatMul => matmul(inputs, output),
            Operator::Normalizer(normalizer) => normalizer.run(inputs, output, scratch),
            Operator::Not => unary::not(inputs, output),
            Operator::OneHotEncoder(encoder) => encoder.run(inputs, output),
            Operator::Product(product) => product.run(inputs, output),
            Operator::Reduce(reduce) => reduce.run(inputs, output),
            Operator::Reshape { zero_is_zero, fixed } => shape::reshape(inputs, output, *zero_is_zero, fixed.as_deref()),
            Operator::Scaler(scaler) => scaler.run(inputs, output, scratch),
            Operator::ScatterElements(axis, placing) => index::scatter_elements(inputs, output, *axis, *placing),
            Operator::Shape { start, end } => shape::shape_of(inputs, output, *start, *end),
            Operator::Slice(slice) => slice.run(inputs, output),
            Operator::Softmax(softmax) => softmax.run(inputs, output),
            Operator::Squeeze(axes) => shape::squeeze(inputs, output, axes.as_deref()),
            Operator::Tile => shape::tile(inputs, output),
            Operator::Transpose(order) => shape::transpose(inputs, output, order.as_deref()),
            Operator::Unary(unary) => unary.run(inputs, output),
            Operator::Unsqueeze(axes) => shape::unsqueeze(inputs, output, axes.as_deref()),
            Operator::Where => choose(inputs, output),
        }
    }
}

fn compile_ml(node: &Node<'_>) -> Result<Option<Operator>, Refusal> {
    Ok(Some(match node.proto.op_type.as_str() {
        "ArrayFeatureExtractor" => Operator::ArrayFeatureExtractor,
        "Binarizer" => Operator::Binarizer(node.float("threshold", 0.0)),
        "FeatureVectorizer" => Operator::FeatureVectorizer(node.ints("inputdimensions").unwrap_or_default().to_vec()),
        "Imputer" => Operator::Imputer(Imputer::compile(node)?),
        "LabelEncoder" => Operator::LabelEncoder(Box::new(LabelEncoder::compile(node)?)),
        "LinearClassifier" => Operator::LinearClassifier(Box::new(LinearClassifier::compile(node)?)),
        "LinearRegressor" => Operator::LinearRegressor(Box::new(LinearRegressor::compile(node)?)),
        "Normalizer" => Operator::Normalizer(Normalizer::compile(node)?),
        "OneHotEncoder" => Operator::OneHotEncoder(Box::new(OneHotEncoder::compile(node)?)),
        "Scaler" => Operator::Scaler(Scaler::compile(node)?),
        "TreeEnsembleClassifier" => Operator::Trees(Box::new(TreeEnsemble::classifier(node)?)),
        "TreeEnsembleRegressor" => Operator::Trees(Box::new(TreeEnsemble::regressor(node)?)),
        _ => return Ok(None),
    }))
}

fn compile_onnx(node: &Node<'_>, known: &Known<'_>) -> Result<Option<Operator>, Refusal> {
    if let Some(simple) = compile_simple(node) {
        return Ok(Some(simple));
    }
    let axes = |name: &str| node.ints(name).map(<[i64]>::to_vec);
    Ok(Some(match node.proto.op_type.as_str() {
        "ArgMax" => Operator::Extreme(Extreme::compile(node, true)),
        "ArgMin" => Operator::Extreme(Extreme::compile(node, false)),
        "BatchNormalization" => Operator::BatchNormalization(BatchNormalization::compile(node)?),
        "Cast" => Operator::Cast(Cast::compile(node)?),
        "Clip" => Operator::Clip(Clip::compile(node, known)),
        "Concat" => Operator::Concat(Concat { axis: node.int("axis", 1) }),
        "Constant" => Operator::Constant(shape::constant_of(node)?),
        "ConstantOfShape" => Operator::ConstantOfShape(Filled::compile(node)?),
        "Expand" => Operator::Expand,
        "Flatten" => Operator::Flatten(node.int("axis", 1)),
        "Gather" => Operator::Gather(node.int("axis", 0)),
        "GatherElements" => Operator::GatherElements(node.int("axis", 0)),
        "Gelu" => Operator::Unary(Unary::gelu(node)?),
        "Gemm" => {
            let gemm = Gemm::compile(node);
            match gemm.specialise(node, known)? {
                Some(product) => Operator::Product(Box::new(product)),
                None => Operator::Gemm(gemm),
            }
        }
        "LayerNormalization" => Operator::LayerNormalization(LayerNormalization::compile(node)?),
        "MatMul" => match compile_matmul(known) {
            Some(product) => Operator::Product(Box::new(product)),
            None => Operator::MatMul,
        },
        "ReduceSum" => Operator::Reduce(Reduce::compile(node, Reduction::Sum)),
        "ReduceMean" => Operator::Reduce(Reduce::compile(node, Reduction::Mean)),
        "ReduceMax" => Operator::Reduce(Reduce::compile(node, Reduction::Max)),
        "ReduceMin" => Operator::Reduce(Reduce::compile(node, Reduction::Min)),
        "ReduceProd" => Operator::Reduce(Reduce::compile(node, Reduction::Product)),
        "ReduceL1" => Operator::Reduce(Reduce::compile(node, Reduction::L1)),
        "ReduceL2" => Operator::Reduce(Reduce::compile(node, Reduction::L2)),
        "ReduceSumSquare" => Operator::Reduce(Reduce::compile(node, Reduction::SumSquare)),
        "ReduceLogSum" => Operator::Reduce(Reduce::compile(node, Reduction::LogSum)),
        "ReduceLogSumExp" => Operator::Reduce(Reduce::compile(node, Reduction::LogSumExp)),
        "Reshape" => Operator::Reshape { zero_is_zero: node.int("allowzero", 0) != 0, fixed: axes("shape") },
        "ScatterElements" | "Scatter" => Operator::ScatterElements(node.int("axis", 0), placing(node)?),
        "Shape" => Operator::Shape { start: node.int("start", 0), end: node.int("end", i64::MAX) },
        "Softmax" => Operator::Softmax(Softmax::compile(node, false)),
        "LogSoftmax" => Operator::Softmax(Softmax::compile(node, true)),
        "Slice" => Operator::Slice(Slice::compile(node)?),
        "Split" => Operator::Split { axis: node.int("axis", 0), sizes: axes("split") },
        "Squeeze" => Operator::Squeeze(axes("axes")),
        "Tile" if node.opset >= 6 => Operator::Tile,
        "TopK" => Operator::Top(Top::compile(node)),
        "Transpose" => Operator::Transpose(axes("perm")),
        "Unsqueeze" => Operator::Unsqueeze(axes("axes")),
        _ => return Ok(None),
    }))
}

fn placing(node: &Node<'_>) -> Result<Placing, Refusal> {
    Ok(match node.text("reduction", "none")? {
        "none" => Placing::Replace,
        "add" => Placing::Add,
        "mul" => Placing::Multiply,
        "min" => Placing::Min,
        "max" => Placing::Max,
        other => return Err(Refusal::Malformed(format!("reduction `{other}` is unknown"))),
    })
}

/// Operators without attributes, or with numbers only.
fn compile_simple(node: &Node<'_>) -> Option<Operator> {
    // Before opset 7 broadcasting had other rules.
    let broadcasts = node.opset >= 7;
    Some(match node.proto.op_type.as_str() {
        "Add" if broadcasts => Operator::Arithmetic(Arithmetic::Add),
        "Sub" if broadcasts => Operator::Arithmetic(Arithmetic::Sub),
        "Mul" if broadcasts => Operator::Arithmetic(Arithmetic::Mul),
        "Div" if broadcasts => Operator::Arithmetic(Arithmetic::Div),
        "Pow" if broadcasts => Operator::Arithmetic(Arithmetic::Pow),
        "Min" => Operator::Folding(Folding::Min),
        "Max" => Operator::Folding(Folding::Max),
        "Sum" => Operator::Folding(Folding::Sum),
        "Mean" => Operator::Folding(Folding::Mean),
        "Equal" if broadcasts => Operator::Comparison(Comparison::Equal),
        "Less" if broadcasts => Operator::Comparison(Comparison::Less),
        "LessOrEqual" => Operator::Comparison(Comparison::LessOrEqual),
        "Greater" if broadcasts => Operator::Comparison(Comparison::Greater),
        "GreaterOrEqual" => Operator::Comparison(Comparison::GreaterOrEqual),
        "And" if broadcasts => Operator::Logic(Logic::And),
        "Or" if broadcasts => Operator::Logic(Logic::Or),
        "Xor" if broadcasts => Operator::Logic(Logic::Xor),
        "Not" => Operator::Not,
        "Where" => Operator::Where,
        "IsNaN" => Operator::IsNan,
        "IsInf" if !node.has("detect_negative") && !node.has("detect_positive") => Operator::IsInf,
        "Abs" => Operator::Unary(Unary::Abs),
        "Neg" => Operator::Unary(Unary::Neg),
        "Sqrt" => Operator::Unary(Unary::Sqrt),
        "Exp" => Operator::Unary(Unary::Exp),
        "Log" => Operator::Unary(Unary::Log),
        "Reciprocal" => Operator::Unary(Unary::Reciprocal),
        "Floor" => Operator::Unary(Unary::Floor),
        "Ceil" => Operator::Unary(Unary::Ceil),
        "Sign" => Operator::Unary(Unary::Sign),
        "Relu" => Operator::Unary(Unary::Relu),
        "LeakyRelu" => Operator::Unary(Unary::LeakyRelu(node.float("alpha", 0.01))),
        "Elu" => Operator::Unary(Unary::Elu(node.float("alpha", 1.0))),
        "HardSigmoid" => Operator::Unary(Unary::HardSigmoid(node.float("alpha", 0.2), node.float("beta", 0.5))),
        "Sigmoid" => Operator::Unary(Unary::Sigmoid),
        "Softplus" => Operator::Unary(Unary::Softplus),
        "Tanh" => Operator::Unary(Unary::Tanh),
        "Erf" => Operator::Unary(Unary::Erf),
        _ => return None,
    })
}
